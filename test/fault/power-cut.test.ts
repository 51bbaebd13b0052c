/** A short run of the power-cut loop, and the proof that it notices a server that does not sync. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missing } from '../support/tools.ts';
import { type FileSystem, powerCuts } from './power-cut.ts';
import { summary } from './kill-loop.ts';

const FILE_SYSTEMS: readonly FileSystem[] = ['ext4', 'xfs'];

for (const fileSystem of FILE_SYSTEMS) {
  const skip = missing({ mounts: true, tools: [`mkfs.${fileSystem}`, 'xfs_io'] });

  test(
    `power cuts under load on ${fileSystem}: nothing acknowledged is missing, nothing doubled, nothing half`,
    { skip },
    async (t) => {
      const report = await powerCuts({ fileSystem, cuts: 2 });
      t.diagnostic(summary(report, `power cuts on ${fileSystem}`));
      assert.deepEqual(report.faults, []);
      assert.equal(report.rounds, 2);
      assert.ok(report.acknowledged > 20, `only ${report.acknowledged} acknowledged: that is no load`);
    },
  );

  test(`the power-cut loop notices a server that does not sync, on ${fileSystem}`, { skip }, async (t) => {
    const preload = `${import.meta.dirname}/broken-sync.mjs`;
    const report = await powerCuts({ fileSystem, cuts: 3, preload, untilFault: true });
    t.diagnostic(summary(report, `power cuts on ${fileSystem}`));
    assert.match(report.faults.join('\n'), /acknowledged, and missing/);
  });
}

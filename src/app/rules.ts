/** Settings in the words of the floors that keep them. */
import { QUOTA_DEFAULTS } from '../policy/quota.ts';
import type { QuotaSettings } from '../policy/quota.ts';
import { SPACE_DEFAULTS } from '../policy/space.ts';
import type { SpaceSettings } from '../policy/space.ts';
import type { SubmissionSettings } from '../policy/submission.ts';
import type { Settings } from './settings-table.ts';

export function spaceSettings(settings: Settings): SpaceSettings {
  return {
    ...SPACE_DEFAULTS,
    messageSizeMax: settings['smtp.messageSizeMax'],
    yellowFloor: settings['storage.yellowFloor'],
    yellowLeaveFloor: settings['storage.yellowLeaveFloor'],
    redFloor: settings['storage.redFloor'],
    blackFloor: settings['storage.blackFloor'],
    yellowShare: settings['storage.yellowShare'],
    yellowLeaveShare: settings['storage.yellowLeaveShare'],
    redShare: settings['storage.redShare'],
    blackShare: settings['storage.blackShare'],
    floorShareMax: {
      yellow: settings['storage.yellowFloorShareMax'],
      red: settings['storage.redFloorShareMax'],
      black: settings['storage.blackFloorShareMax'],
    },
    drainReserve: settings['storage.drainReserve'],
    leaveFactor: settings['storage.leaveFactor'],
    dwellMs: settings['storage.dwell'],
    inodeShares: {
      yellow: settings['storage.yellowInodes'],
      red: settings['storage.redInodes'],
      black: settings['storage.blackInodes'],
    },
    rampFirst: settings['storage.rampFirst'] * 100,
    rampStep: settings['storage.rampStep'] * 100,
    rampStepMs: settings['storage.rampEvery'],
    postmasterLane: settings['storage.postmasterLane'],
    postmasterPool: settings['storage.postmasterPool'],
    postmasterMessageMax: settings['storage.postmasterMessageMax'],
    clientHoldMessages: settings['storage.clientHoldMessages'],
  };
}

export function quotaSettings(settings: Settings): QuotaSettings {
  return { ...QUOTA_DEFAULTS, permanentAfterMs: settings['quota.permanentAfter'] };
}

export function submissionSettings(settings: Settings): SubmissionSettings {
  return {
    checkFrom: settings['submission.checkFrom'],
    messagesPerHour: settings['submission.messagesPerHour'],
    recipientsPerHour: settings['submission.recipientsPerHour'],
  };
}

/** docs/reference/settings.md: every setting, in one language. */
import { settingRows } from '../../src/app/settings.ts';
import type { Language } from '../../src/base/language.ts';
import { settingsPage } from '../../src/cli/settings-page.ts';

export function settingsIn(language: Language): string {
  return settingsPage(settingRows(language), language);
}

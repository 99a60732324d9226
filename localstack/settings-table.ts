import { SETTING_NAMES, SETTINGS } from '../shared/runtime/settings.ts';

/** The settings as README's table: name, default, what it is for. */
export function settingsTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const schema = SETTINGS[name];
    const byDefault = schema.safeParse(undefined).data;
    return `| \`${name}\` | ${byDefault === undefined ? '' : `\`${byDefault}\``} | ${schema.description} |`;
  });
  return ['| setting | default | |', '|---|---|---|', ...rows].join('\n');
}

import { readFileSync } from 'node:fs';
import { PlatformError } from '../errors.ts';

/** Files of this folder; whoever bundles this module puts them beside the bundle. */
export type SqlFile =
  | 'changes_survey.sql'
  | 'current.sql'
  | 'current_as_of.sql'
  | 'current_changes.sql'
  | 'interactions_by_user.sql'
  | 'newest_sale.sql'
  | 'product_popularity.sql'
  | 'rfm_segments.sql'
  | 'sale_lines.sql'
  | 'shop_activity.sql'
  | 'user_item_interactions.sql'
  | 'user_rfm.sql';

/** The statement in a file, its `{{placeholders}}` filled in. Values never go in this way: they are parameters. */
export function sqlText(file: SqlFile, fill: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(new URL(`./${file}`, import.meta.url), 'utf8');
  // Comments name the placeholders too, and a filled comment could break out of its line.
  const statement = text.replaceAll(/^ *--.*\n/gm, '').trim();
  return statement.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const filled = fill[name];
    if (filled === undefined) {
      throw new PlatformError('sql_placeholder_unfilled', `${file} needs a text for {{${name}}}`);
    }
    return filled;
  });
}

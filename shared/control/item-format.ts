import { PlatformError } from '../errors.ts';
import type { ControlItem, JsonObject } from './control-table.ts';

/** The name and version of how a kind of item is written, e.g. `lease/1`; stored with every item. */
export type ItemFormat = `${string}/${number}`;

export function encodeItem(format: ItemFormat, value: object): JsonObject {
  return { ...value, format };
}

/**
 * The item as the type that its format stands for.
 * @throws unreadable_control_item when it was written in another format
 */
export function decodeItem<T>(format: ItemFormat, item: ControlItem): T {
  if (item.value.format !== format) {
    throw new PlatformError(
      'unreadable_control_item',
      `control item ${item.partition} / ${item.sort} has format ${JSON.stringify(item.value.format)}, expected ${format}`,
    );
  }
  const { format: _, ...value } = item.value;
  return value as T;
}

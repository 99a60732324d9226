import { definitionOf } from './definitions.ts';
import { SERVICE_NAMES, type ServiceName } from './running-services.ts';

/** With the servers that these need, each after those that it needs itself. */
export function startOrder(names: readonly ServiceName[]): readonly ServiceName[] {
  const ordered = new Set<ServiceName>();
  const add = (name: ServiceName) => {
    for (const required of definitionOf(name).requires) add(required);
    ordered.add(name);
  };
  for (const name of names) add(name);
  return [...ordered];
}

/** With the servers that need these, each before those that it needs itself. */
export function stopOrder(names: readonly ServiceName[]): readonly ServiceName[] {
  const needsOne = (name: ServiceName) => startOrder([name]).some((required) => names.includes(required));
  return startOrder(SERVICE_NAMES.filter(needsOne)).filter(needsOne).toReversed();
}

import type { ReportProgress } from '../progress.ts';
import { definitionOf } from './definitions.ts';
import { createInstaller, installCache } from './installer.ts';
import type { ServiceName } from './running-services.ts';
import type { Installed } from './service.ts';

/** Fetches what a server runs from, unless it is there, and starts nothing. */
export function installService(
  name: ServiceName,
  { cache = installCache(), report = () => {} }: { cache?: string; report?: ReportProgress } = {},
): Promise<Installed> {
  return definitionOf(name).install(createInstaller(cache, report));
}

import { PlatformError } from '../../../../shared/errors.ts';

/** Longest wait for one answer of a server that is starting, in milliseconds. */
export const ANSWER_WITHIN_MS = 5_000;

/** @throws PlatformError `not_ready` for any status but 200 */
export async function getText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const text = await response.text();
  if (response.status !== 200) throw new PlatformError('not_ready', `${url} answers ${response.status}`);
  return text;
}

export async function getJson(url: string): Promise<unknown> {
  return JSON.parse(await getText(url));
}

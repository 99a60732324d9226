/** One spelling of an absolute URI or path that has several: `file:///a`, `file:/a` and `/a`; `s3a:`, `s3n:` and `s3:`. */
export function canonicalUri(absolute: string): string {
  return absolute.replace(/^file:(\/\/(?=\/))?/i, '').replace(/^s3[an]:/i, 's3:');
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log: one JSON line each, with the keys that Lambda's own tooling uses. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function jsonLogger(service: string, least: LogLevel, write: (line: string) => void): Logger {
  return {
    log(level, message, fields = {}) {
      if (ORDER.indexOf(level) < ORDER.indexOf(least)) return;
      const entry = {
        level: level.toUpperCase(),
        message,
        timestamp: new Date().toISOString(),
        service,
        ...fields,
      };
      write(JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));
    },
  };
}

import type { PackagedFunction } from './package-functions.ts';

/** A function of serverless.yml, as far as deployment changes it. */
export interface DeployedFunction {
  handler?: string;
  package?: { artifact: string };
  events: FunctionEvent[];
}

export interface FunctionEvent {
  readonly kafka?: object;
  readonly schedule?: unknown;
  readonly httpApi?: string | { readonly method: string; readonly path: string };
  readonly http?: { readonly method: string; readonly path: string };
}

/** Lets osls upload the archives that were made, instead of the project's folder. */
export function usePackages(
  functionOf: (name: string) => DeployedFunction,
  packaged: readonly PackagedFunction[],
): void {
  for (const { name, artifact, handler } of packaged) {
    const definition = functionOf(name);
    definition.package = { artifact };
    definition.handler = handler;
  }
}

/**
 * LocalStack's open edition has REST APIs and no HTTP APIs, and no mapping from Kafka: the same routes as the other kind of event,
 * and topics left to our poller.
 */
export function eventsForLocalStack(events: readonly FunctionEvent[]): FunctionEvent[] {
  return events.flatMap((event) => {
    if (event.kafka !== undefined) return [];
    return event.httpApi === undefined ? [event] : [{ http: routeOf(event.httpApi) }];
  });
}

/** `GET /v1/things/{id}` -> method and path; a REST API writes paths without the first slash. */
function routeOf(httpApi: NonNullable<FunctionEvent['httpApi']>) {
  const { method, path } = typeof httpApi === 'string' ? splitRoute(httpApi) : httpApi;
  return { method: method.toLowerCase(), path: path === '/' ? '/' : path.replace(/^\//, '') };
}

function splitRoute(route: string) {
  const [method = '', path = '/'] = route.split(' ');
  return { method, path };
}

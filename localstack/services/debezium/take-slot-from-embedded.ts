import { PlatformError } from '../../../shared/errors.ts';
import {
  type CapturePosition,
  type ChangeCaptureOptions,
  decodeOwner,
  startChangeCapture,
} from '../embedded/change-capture/index.ts';

/**
 * The embedded capture's position at which a connector can go on. A slot can start a reader between transactions only, so
 * where a large transaction is stored in part the embedded capture is run until it is stored whole.
 */
export async function finishTransaction(
  options: ChangeCaptureOptions & { readonly signal: AbortSignal },
): Promise<CapturePosition> {
  for (;;) {
    options.signal.throwIfAborted();
    const position = await storedPosition(options);
    if (position.partial === null) return position;
    await captureUntilWhole(options);
  }
}

async function captureUntilWhole(
  options: ChangeCaptureOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const whole = new AbortController();
  const capture = startChangeCapture({
    ...options,
    sink: {
      position: () => options.sink.position(),
      append: async (records, text) => {
        await options.sink.append(records, text);
        const stored = decodeOwner(text);
        if (stored.owner === 'embedded' && stored.position.partial === null) whole.abort();
      },
    },
  });
  try {
    const ended = aborted(AbortSignal.any([whole.signal, options.signal]));
    // Where the database is away, it does not stream before the end either.
    await Promise.race([capture.streaming, ended]);
    await ended;
  } finally {
    await capture.stop();
  }
}

async function storedPosition({ sink }: ChangeCaptureOptions): Promise<CapturePosition> {
  const stored = await sink.position();
  const owner = stored === null ? null : decodeOwner(stored);
  if (owner?.owner === 'embedded') return owner.position;
  throw new PlatformError(
    'invalid_capture_position',
    'the embedded capture has stored no position to hand over',
  );
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

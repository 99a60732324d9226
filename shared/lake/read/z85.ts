// Base85 of ZeroMQ, as deletion vectors use it: https://rfc.zeromq.org/spec/32/
import { PlatformError } from '../../errors.ts';

/** Five characters stand for four bytes, the most significant first. */
export function decodeZ85(text: string): Uint8Array {
  if (text.length % 5 !== 0) throw corrupt(`${text.length} characters are no whole number of fives`);
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let group = 0; group * 5 < text.length; group++) {
    let value = 0;
    for (const character of text.slice(group * 5, group * 5 + 5)) {
      const digit = ALPHABET.indexOf(character);
      if (digit < 0) throw corrupt(`${JSON.stringify(character)} is none of its characters`);
      value = value * 85 + digit;
    }
    if (value > 0xffff_ffff) throw corrupt(`${text.slice(group * 5, group * 5 + 5)} is more than four bytes`);
    view.setUint32(group * 4, value);
  }
  return bytes;
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

function corrupt(why: string): PlatformError {
  return new PlatformError('lake_log_corrupt', `Z85 text of a deletion vector: ${why}`);
}

/**
 * A JSON string as Jackson writes it, which Debezium's records go through: characters beyond U+FFFF as two escapes, control
 * characters in capital hexadecimal digits. Keys are hashed byte for byte, so this decides their partition too.
 * https://github.com/FasterXML/jackson-core/blob/2.19/src/main/java/com/fasterxml/jackson/core/json/UTF8JsonGenerator.java
 */
export function jsonText(text: string): string {
  const json = JSON.stringify(text);
  return UNLIKE.test(json) ? json.replace(SURROGATE, escaped).replace(CONTROL, upperCase) : json;
}

const UNLIKE = /[\ud800-\udfff]|\\u00/;
const SURROGATE = /[\ud800-\udfff]/g;
/** An escape of JSON.stringify, and not an escaped backslash before a `u`. */
const CONTROL = /\\\\|\\u00[01][0-9a-f]/g;

function escaped(half: string): string {
  return `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`;
}

function upperCase(found: string): string {
  return found === '\\\\' ? found : `\\u${found.slice(2).toUpperCase()}`;
}

export async function handler() {
  return { statusCode: 200, body: JSON.stringify({ greeting: process.env.GREETING }) };
}

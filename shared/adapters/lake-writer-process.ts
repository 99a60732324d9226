/** One writer of `lake-writers.contract.ts`: `<store as JSON> <writer> <turns>`. */
import { commitTurns, openSharedStore, type SharedStore } from './lake-writer.ts';

const [shared = '', writer = '', turns = ''] = process.argv.slice(2);
const store = await openSharedStore(JSON.parse(shared) as SharedStore);
await commitTurns(store, Number(writer), Number(turns));

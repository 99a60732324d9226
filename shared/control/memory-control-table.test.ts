import { controlTableContract } from './control-table.contract.ts';
import { createMemoryControlTable } from './memory-control-table.ts';

controlTableContract('memory', async () => ({ table: createMemoryControlTable(), release: async () => {} }));

export { CREW_BYTES, stopWord, writeCrew } from './crew.ts';
export type { KernelMemory, ThreadTeam } from './kernel-team.ts';
export { kernelTeam } from './kernel-team.ts';
export { LARGEST_MEMORY, MemoryLayout, PAGE_BYTES, sharedMemory } from './memory-layout.ts';

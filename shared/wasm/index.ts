export { CREW_BYTES, stopWord, writeCrew } from './crew.ts';
export type { KernelMemory, ThreadTeam } from './kernel-team.ts';
export { kernelTeam } from './kernel-team.ts';

declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** https://github.com/architect/dynalite#api: a server that is not yet listening; its close also closes the store. */
  export default function dynalite(options: {
    /** Folder of the LevelDB store. */
    readonly path: string;
    readonly createTableMs: number;
    readonly deleteTableMs: number;
    readonly updateTableMs: number;
  }): Server;
}

import type { RunningService, ServiceName } from './running-services.ts';

/** A program to run, with settings beside those of this process. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Something that is fetched once and kept, in a folder `<name>-<version>` of the install cache. */
export interface Installation {
  readonly name: string;
  readonly version: string;
  /** Programs of this machine that its commands run; not asked for once it is complete. */
  readonly needs: readonly NeededProgram[];
  /** Path in the folder -> content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Path in the folder -> file or folder to copy. */
  readonly copies?: Readonly<Record<string, string>>;
  /** Run one after the other in the folder, which they may name in full. */
  commands(folder: string): readonly Command[];
}

/** What a server runs from. */
export interface Installed {
  /** Of the server, as people know it. */
  readonly version: string;
  /** With its libraries. */
  readonly folder: string;
  /** The program to start: the server itself, or the java or python that runs it. */
  readonly program: string;
  /** Other things that it needs, by what they are: folders and programs. */
  readonly parts?: Readonly<Record<string, string>>;
}

/** Fetches what is not there yet and finds what the machine has to bring. */
export interface Installer {
  /**
   * @returns the folder of the installation
   * @throws PlatformError `program_missing` that says how to get it, `install_failed` with what the command printed
   */
  install(installation: Installation): Promise<string>;
  /** Path of a program on this machine, or null. */
  find(program: string): Promise<string | null>;
  /** Home folder of a Java of at least this major version, or null. */
  findJava(atLeast: number): Promise<string | null>;
  /** @throws PlatformError `program_missing` */
  needJava(atLeast: number): Promise<string>;
  /** Standard output of a program. */
  output(command: string, args: readonly string[]): Promise<string>;
  /** Whether this is root on a machine with apt. */
  mayInstallDebianPackages(): Promise<boolean>;
}

export type NeededProgram = 'mvn' | 'go' | 'javac' | 'python3' | 'python3.13' | 'npm' | 'tar' | 'apt-get';

export interface PlanContext {
  readonly installed: Installed;
  /** The server's own folder: data, generated configuration, log. Absolute. */
  readonly folder: string;
  readonly ports: Ports;
  /** The servers named in `requires`. */
  readonly services: Partial<Record<ServiceName, RunningService>>;
  /** 16 fresh random bytes in URL-safe base64, for a server that is given an identity at its first start. */
  readonly freshId: string;
  /** Whether an earlier run has left `keeps` in the install folder. */
  readonly kept: boolean;
}

export type Ports = { readonly main: number } & Readonly<Record<string, number>>;

/** How to start one server: decided by its definition, done by the runner. */
export interface ServerPlan extends Command {
  /** Files of configuration, by path in the server's folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folders to make, by path in the server's folder. */
  readonly folders?: readonly string[];
  /** Run once, before the first start: until `unless`, a path in the server's folder, is there. */
  readonly first?: Command & { readonly unless: string };
  /** In the server's folder unless given. */
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** A file that a clean stop leaves in the server's folder and that later starts use from the install folder. */
  readonly keeps?: { readonly file: string; readonly as: string };
  readonly running: RunningService;
}

export interface ServiceDefinition {
  readonly name: ServiceName;
  /** Ports wanted; `main` is the one that clients use. */
  readonly ports: Ports;
  /** Servers that must run before this one. */
  readonly requires: readonly ServiceName[];
  /** Name of the file in the install folder that `ServerPlan.keeps` is copied to. */
  readonly keeps?: string;
  /** Longest time from start to ready, in milliseconds. */
  readonly readyWithinMs: number;
  /** What ends the server cleanly. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  install(installer: Installer): Promise<Installed>;
  plan(context: PlanContext): ServerPlan | Promise<ServerPlan>;
  /** Asks the server by its own protocol; throws while it does not serve. */
  ready(server: RunningService): Promise<void>;
  /** Makes what its clients expect to find, at every start. */
  furnish?(server: RunningService): Promise<void>;
}

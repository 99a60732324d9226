import { type Finding, fail, ok, warn } from './finding.ts';

/** What was seen of the machine; `readMachine` gathers it. Sizes in bytes, times in milliseconds since 1970 UTC. */
export interface MachineFacts {
  readonly nodeVersion: string;
  /** e.g. `linux-x64`. */
  readonly architecture: string;
  /** Packages with native code that are not there for this architecture. */
  readonly missingNatives: readonly string[];
  readonly packages: PackageFacts;
  readonly availableMemory: number;
  readonly dataDir: string;
  /** null: the file system does not tell. */
  readonly freeDisk: number | null;
  readonly dataDirProblem: string | null;
  readonly lakehouse: string;
  readonly putIfAbsentProblem: string | null;
  readonly ports: readonly PortFacts[];
  readonly lock: { readonly pid: number; readonly holds: boolean } | null;
  readonly postgresUser: PostgresUser;
  readonly now: number;
  /** When the newest of the files that the platform wrote or came with was written. */
  readonly newestFile: number;
}

export interface PackageFacts {
  /** Locked, but missing or of another version. */
  readonly wrong: readonly string[];
  readonly checked: number;
}

export interface PortFacts {
  readonly name: string;
  readonly setting: string;
  /** 0: any free one. */
  readonly port: number;
  readonly use: 'free' | 'ours' | 'taken';
  /** Who listens on a taken one, where it can be seen. */
  readonly owner: { readonly pid: number; readonly command: string } | null;
}

export type PostgresUser =
  | { readonly kind: 'self' }
  | { readonly kind: 'external' }
  | { readonly kind: 'other'; readonly uid: number }
  | { readonly kind: 'none'; readonly problem: string };

export function judgeMachine(facts: MachineFacts): readonly Finding[] {
  return [
    judgeNode(facts.nodeVersion),
    judgeArchitecture(facts),
    judgePackages(facts.packages),
    judgeMemory(facts.availableMemory),
    judgeDisk(facts),
    judgeDataFolder(facts),
    judgePutIfAbsent(facts),
    judgeLock(facts.lock),
    ...facts.ports.map(judgePort),
    judgePostgresUser(facts.postgresUser),
    judgeClock(facts),
  ];
}

const GIB = 2 ** 30;
const LEAST_MEMORY = 2 * GIB;
const LEAST_DISK = 3 * GIB;
const CLOCK_TOLERANCE_MS = 60_000;

function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('Node.js', version);
  return fail(
    'Node.js',
    `${version}, needs 20.19 or later`,
    'older ones lack what the platform is written with',
    'install a current Node.js and open a new terminal',
  );
}

function judgeArchitecture({ architecture, missingNatives }: MachineFacts): Finding {
  if (missingNatives.length === 0) return ok('architecture', architecture);
  return fail(
    'architecture',
    `${architecture}, without ${missingNatives.join(', ')}`,
    'database, query engine and stores are native programs, installed for one architecture',
    'run npm ci on this machine; if they stay missing, they are not made for it: use Linux, macOS or Windows on x64 or arm64',
  );
}

function judgePackages({ wrong, checked }: PackageFacts): Finding {
  if (wrong.length === 0) return ok('packages', `${checked} as locked`);
  return fail(
    'packages',
    `${wrong.length} of ${checked} differ: ${wrong.slice(0, 3).join(', ')}${wrong.length > 3 ? ', …' : ''}`,
    'the platform is tested with exactly the locked versions',
    'npm ci',
  );
}

function judgeMemory(available: number): Finding {
  if (available >= LEAST_MEMORY) return ok('memory', `${gib(available)} available`);
  return warn(
    'memory',
    `${gib(available)} available, less than ${gib(LEAST_MEMORY)}`,
    'training and queries may be killed by the system',
    'close other programs, or start the small shop: npm start -- --size small',
  );
}

function judgeDisk({ freeDisk, dataDir }: MachineFacts): Finding {
  if (freeDisk === null) return ok('disk', `how much is free for ${dataDir} is not told`);
  if (freeDisk >= LEAST_DISK) return ok('disk', `${gib(freeDisk)} free`);
  return warn(
    'disk',
    `${gib(freeDisk)} free for ${dataDir}, less than ${gib(LEAST_DISK)}`,
    'lake, log and database grow with every order, and a full disk stops all three',
    'free some space, or set DATA_DIR to a folder on another disk',
  );
}

function judgeDataFolder({ dataDir, dataDirProblem }: MachineFacts): Finding {
  if (dataDirProblem === null) return ok('data folder', `${dataDir} can be written`);
  return fail(
    'data folder',
    dataDirProblem,
    'all state lies there',
    'give yourself permission to write, or set DATA_DIR to another folder',
  );
}

function judgePutIfAbsent({ lakehouse, putIfAbsentProblem }: MachineFacts): Finding {
  if (putIfAbsentProblem === null) return ok('put if absent', 'holds in the lakehouse folder');
  return fail(
    'put if absent',
    `${putIfAbsentProblem} (${lakehouse})`,
    'a commit to the lake rests on it: two writers must not both succeed',
    'set LAKEHOUSE_URL to a folder on a local disk; some network and FUSE file systems have no hard links',
  );
}

function judgeLock(lock: MachineFacts['lock']): Finding {
  if (lock === null) return ok('lock', 'none, no platform runs');
  if (lock.holds) return ok('lock', `held by the running platform, process ${lock.pid}`);
  return warn(
    'lock',
    `left behind by process ${lock.pid}, which is gone`,
    'that platform was killed; nothing is lost by it',
    'none needed: the next npm start takes it over',
  );
}

function judgePort({ name, setting, port, use, owner }: PortFacts): Finding {
  const what = `port of ${name}`;
  if (port === 0) return ok(what, 'any free one');
  if (use === 'free') return ok(what, `${port} is free`);
  if (use === 'ours') return ok(what, `${port}, used by the running platform`);
  return warn(
    what,
    `${port} is taken${owner === null ? '' : ` by process ${owner.pid} (${owner.command})`}`,
    'the platform will use the next free one, so URLs that you have noted differ',
    `stop that program, or set ${setting} to another port`,
  );
}

function judgePostgresUser(user: PostgresUser): Finding {
  if (user.kind === 'none') {
    return fail(
      'postgres user',
      user.problem,
      'Postgres refuses to run as root',
      'start as an ordinary user, or set SHOP_DATABASE_URL',
    );
  }
  if (user.kind === 'external') return ok('postgres user', 'not needed: SHOP_DATABASE_URL is set');
  if (user.kind === 'self') return ok('postgres user', 'your own');
  return ok('postgres user', `user id ${user.uid}, because you are root and Postgres refuses to run as root`);
}

function judgeClock({ now, newestFile }: MachineFacts): Finding {
  const behind = newestFile - now;
  if (behind <= CLOCK_TOLERANCE_MS) return ok('clock', new Date(now).toISOString());
  return warn(
    'clock',
    `${new Date(now).toISOString()}, ${Math.round(behind / 1000)} s before a file was written here`,
    'lag, freshness and the order of runs are told by the clock',
    'let the system set its clock by the network (NTP)',
  );
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

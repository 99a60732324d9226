import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { consumerGroup, STAGES } from '../functions/show-insights/read-models/pipeline.ts';
import { planMappings } from './plugin/plan-mappings.ts';
import type { FunctionDefinition } from './plugin/serverless-service.ts';
import { planTopics } from './services/topics.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MOST_HANDLER_LINES = 40;

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const foldersIn = (path: string) =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('package.json', () => {
  const manifest = JSON.parse(read('package.json')) as Record<
    'scripts' | 'dependencies' | 'devDependencies' | 'overrides',
    Record<string, string>
  >;
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { name?: string; version: string; resolved?: string }>;
  };

  it.each(
    (['dependencies', 'devDependencies', 'overrides'] as const).flatMap((kind) =>
      Object.entries(manifest[kind]),
    ),
  )('pins %s to the exact version %s, and the lockfile holds it', (name, version) => {
    const exact = version.replace(/^npm:[^@]+@/, '');
    expect(exact).toMatch(/^\d+\.\d+\.\d+(-[\w.-]+)?$/);
    expect(lock.packages[`node_modules/${name}`]?.version).toBe(exact);
  });

  it('takes osls for serverless, wherever it is asked for', () => {
    const installed = Object.entries(lock.packages).filter(([path]) =>
      path.endsWith('node_modules/serverless'),
    );
    expect(installed.map(([, { name }]) => name)).toEqual(['osls']);
  });

  it('names no registry in its lockfile', () => {
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it.each(
    Object.entries(manifest.scripts).flatMap(([name, command]) =>
      command
        .split(' ')
        .filter((word) => /^[\w./-]+\.(ts|mjs)$/.test(word))
        .map((file) => [name, file] as const),
    ),
  )('has the file of the script %s: %s', (_, file) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
  });
});

describe('serverless.yml', () => {
  let functions: Readonly<Record<string, FunctionDefinition>>;
  let mappings: ReturnType<typeof planMappings>;

  beforeAll(async () => {
    const config = await printedConfig();
    functions = config.functions;
    mappings = planMappings({
      service: {
        service: config.service,
        provider: {},
        getAllFunctions: () => Object.keys(functions),
        getFunction: (name) => functions[name] ?? {},
      },
    });
  });

  it('names exactly the functions that there are, each by its folder', () => {
    expect(Object.entries(functions).map(([name, { handler }]) => [name, handler])).toEqual(
      Object.keys(functions).map((name) => [name, `.build/functions/${name}/handler.handler`]),
    );
    expect(Object.keys(functions).sort()).toEqual(foldersIn('functions').sort());
  });

  it('consumes only topics that the platform creates', () => {
    const created = planTopics(1).map(({ topic }) => topic);
    expect(created).toEqual(expect.arrayContaining(mappings.map(({ settings }) => settings.topic)));
  });

  it('has for dead letters only topics that the platform creates', () => {
    const created = planTopics(1).map(({ topic }) => topic);
    const own = mappings.filter(({ settings }) => settings.functionName !== 'notify');
    const topics = own.flatMap(({ settings: { onFailureDestination: destination } }) =>
      destination?.type === 'kafka' ? [destination.topic] : [],
    );
    expect(created).toEqual(expect.arrayContaining(topics));
  });

  it('agrees with the stages whose lag the dashboard shows', () => {
    const shown = STAGES.flatMap(({ stage, topics }) =>
      topics.map((topic) => [stage, topic, consumerGroup(stage, topic)]),
    );
    // Alerts are told, not processed: nothing waits for them.
    const consumed = mappings
      .filter(({ settings }) => settings.functionName !== 'notify')
      .map(({ settings }) => [settings.functionName, settings.topic, settings.groupId]);
    expect(shown.sort()).toEqual(consumed.sort());
  });
});

describe('functions', () => {
  it.each(foldersIn('functions'))('%s has a short handler', (name) => {
    const lines = read(`functions/${name}/handler.ts`).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(MOST_HANDLER_LINES);
  });
});

describe('shared', () => {
  /** Adapters and the runtime are imported file by file, so that a function loads only what it uses. */
  const notRooms = new Set(['adapters', 'decisions', 'runtime', 'testing']);

  it.each(foldersIn('shared').filter((name) => !notRooms.has(name)))('%s names what it offers', (room) => {
    expect(read(`shared/${room}/index.ts`)).not.toMatch(/export\s+\*/);
  });
});

describe('documents', () => {
  it.each(markdownFiles())('%s links only to files that exist', (file) => {
    const missing = relativeLinks(read(file)).filter(
      (link) => !existsSync(resolve(ROOT, dirname(file), decodeURI(link))),
    );
    expect(missing).toEqual([]);
  });
});

/** serverless.yml as osls reads it: variables resolved, merge keys merged. */
async function printedConfig() {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'node_modules/serverless/bin/serverless.js'), 'print', '--format', 'json'],
    { cwd: ROOT },
  );
  return JSON.parse(stdout) as { service: string; functions: Record<string, FunctionDefinition> };
}

function markdownFiles(): string[] {
  const within = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory())
        return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : within(path);
      return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
    });
  return within(ROOT);
}

/** Targets of `[text](target)` outside of code, without their fragments; those of the web and of the page itself are not ours. */
function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/i.test(target));
}

describe('.ci/run', () => {
  it('runs every test that needs a real server', () => {
    const folders = [...read('.ci/run').matchAll(/"\$PWD"\/([\w/]*)(?:\{([\w,]+)\}\/)?/g)].flatMap(
      ([, folder = '', names]) => (names?.split(',') ?? ['']).map((name) => join(folder, name)),
    );
    const tests = ['shared', 'functions', 'localstack'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.native.test.ts'))
        .map((file) => join(folder, file)),
    );
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter((test) => !folders.some((folder) => test.startsWith(folder)))).toEqual([]);
    expect(folders).not.toContain('');
  });
});

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Path in the package, with `/` between folders -> content. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

/**
 * `functions/<name>/handler.ts` with everything that it imports, as files that run in a folder of their own: `handler.mjs` and the
 * chunks that are loaded when an adapter is opened. Packages with native code are left out, as they cannot be bundled.
 * @param external names of the packages that are left out
 */
export async function bundleFunction(
  serviceDir: string,
  name: string,
  external: readonly string[],
): Promise<PackageFiles> {
  const assets = new Map<string, Uint8Array>();
  const outdir = join(serviceDir, '.build', 'packages', name);
  const { outputFiles } = await build({
    absWorkingDir: serviceDir,
    entryPoints: [{ in: join(serviceDir, 'functions', name, 'handler.ts'), out: 'handler' }],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    // All beside each other, so that `import.meta.url` names the root of the package in each of them.
    chunkNames: '[name]-[hash]',
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...external],
    banner: { js: REQUIRE },
    keepNames: true,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [carryFilesBesideSources(serviceDir, assets)],
  });
  const code = outputFiles.map(
    ({ path, contents }) => [relative(outdir, path).split(sep).join('/'), contents] as const,
  );
  return new Map([...code, ...assets, ['package.json', MODULE_PACKAGE]]);
}

/** CommonJS packages within the bundle ask for Node's own modules by `require`, which a module does not have. */
const REQUIRE = `import { createRequire as createRequire__ } from 'node:module';
const require = createRequire__(import.meta.url);`;

const MODULE_PACKAGE = Buffer.from('{"type":"module"}\n');

/**
 * A source that finds files beside itself by `import.meta.url` (SQL, WebAssembly) finds them in the package at the same place
 * below its root as in the project.
 */
function carryFilesBesideSources(serviceDir: string, assets: Map<string, Uint8Array>): Plugin {
  return {
    name: 'carry-files-beside-sources',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!source.includes('import.meta.url')) return null;
        const place = relative(serviceDir, path).split(sep).join('/');
        for (const file of await readdir(dirname(path))) {
          if (!ASSET.test(file)) continue;
          assets.set(`${dirname(place)}/${file}`, await readFile(join(dirname(path), file)));
        }
        const url = `new URL(${JSON.stringify(place)}, import.meta.url).href`;
        return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' };
      });
    },
  };
}

const ASSET = /\.(sql|wasm|json|txt)$/;

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { compileKernel, generatedFile, generatedModule, kernelNames } from './compile-kernel.ts';

it.each(await kernelNames())('the committed bytes of %s are what its source compiles to', async (name) => {
  const wasm = await compileKernel(name);
  expect(await readFile(generatedFile(name), 'utf8')).toBe(generatedModule(name, wasm));
  new WebAssembly.Module(wasm);
});

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { compileKernel, generatedFile, generatedModule, kernels } from './compile-kernel.ts';

it.each(await kernels())(
  'the committed bytes of $room/$name are what its source compiles to',
  async (kernel) => {
    const wasm = await compileKernel(kernel);
    expect(await readFile(generatedFile(kernel), 'utf8')).toBe(generatedModule(kernel, wasm));
    new WebAssembly.Module(wasm);
  },
);

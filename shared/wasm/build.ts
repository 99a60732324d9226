import { writeFile } from 'node:fs/promises';
import { compileKernel, generatedFile, generatedModule, kernelNames } from './compile-kernel.ts';

for (const name of await kernelNames()) {
  const wasm = await compileKernel(name);
  await writeFile(generatedFile(name), generatedModule(name, wasm));
  process.stdout.write(`${name}: ${wasm.length} bytes\n`);
}

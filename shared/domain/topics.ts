/** Change topics are `<prefix>.public.<table>`, as Debezium names them. */
export const SHOP_TOPIC_PREFIX = 'ecommerce';
/** What the shop's database publishes to change capture; `localstack/shop/schema.sql` makes it. */
export const SHOP_PUBLICATION = 'shop_publication';
/** The replication slot that change capture reads, whichever reader it is; has one reader at a time. */
export const SHOP_SLOT = 'shop_slot';
/** Revenue by window and partition; the latest record of a key is its value. */
export const REVENUE_TOPIC = 'realtime_revenue';
/** `<topic>.dead-letter` keeps the records of a topic that exhausted their retries. */
export const DEAD_LETTER_SUFFIX = '.dead-letter';

/** Change topics are `<prefix>.public.<table>`, as Debezium names them. */
export const SHOP_TOPIC_PREFIX = 'ecommerce';
/** Revenue by window and partition; the latest record of a key is its value. */
export const REVENUE_TOPIC = 'realtime_revenue';
/** `<topic>.dead-letter` keeps the records of a topic that exhausted their retries. */
export const DEAD_LETTER_SUFFIX = '.dead-letter';

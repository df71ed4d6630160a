import type pg from 'pg'

/**
 * A time of the test's own, for this process and for one database alike. Its functions stand in
 * for those of PostgreSQL, which are else found first; what connected before keeps the old ones.
 */
export async function openTime(pool: pg.Pool) {
  await pool.query(`
    create schema time;
    create table time.ahead (seconds integer not null);
    insert into time.ahead values (0);
    create function time.clock_timestamp() returns timestamptz language sql volatile as
      'select pg_catalog.clock_timestamp() + seconds * interval ''1 s'' from time.ahead';
    create function time.now() returns timestamptz language sql stable as
      'select pg_catalog.now() + seconds * interval ''1 s'' from time.ahead';
    do $$ begin
      execute format('alter database %I set search_path = time, pg_catalog, public', current_database());
    end $$`)

  const machines = globalThis.Date
  let aheadMillis = 0
  const now = () => machines.now() + aheadMillis
  globalThis.Date = new Proxy(machines, {
    construct: (target, given) => Reflect.construct(target, given.length > 0 ? given : [now()]),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })

  return {
    async pass(seconds: number): Promise<void> {
      await pool.query('update time.ahead set seconds = seconds + $1', [seconds])
      aheadMillis += seconds * 1_000
    },
    [Symbol.dispose]() {
      globalThis.Date = machines
    },
  }
}

/** The part of the driver that database.ts uses: its package has types that its own `exports` hide. */
declare module 'better-sqlite3-multiple-ciphers' {
  namespace Sqlite {
    interface Statement<Values extends unknown[], Row> {
      get(...values: Values): Row | undefined
      all(...values: Values): Row[]
      run(...values: Values): { changes: number }
    }
    interface Transaction<Work extends (...given: never[]) => unknown> {
      immediate(...given: Parameters<Work>): ReturnType<Work>
    }
    interface Database {
      prepare<Values extends unknown[], Row>(sql: string): Statement<Values, Row>
      transaction<Work extends (...given: never[]) => unknown>(work: Work): Transaction<Work>
      exec(sql: string): void
      pragma(text: string, options?: { simple?: boolean }): unknown
      key(key: Buffer): void
      close(): void
    }
  }
  const Sqlite: new (file: string, options?: { readonly?: boolean; timeout?: number }) => Sqlite.Database
  export default Sqlite
}

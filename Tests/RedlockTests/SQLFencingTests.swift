import CSQLite
import Foundation
import Testing

/// The statements of the article on fencing, read from it and run by SQLite.
@Suite struct SQLFencingTests {
    private static let article = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Redlock/Redlock.docc/Fencing.md").standardized

    /// The article's blocks of SQL: the column, the write, and what comes before a read.
    private static func statements() throws -> (column: String, write: String, claim: String) {
        let blocks = try String(contentsOf: article, encoding: .utf8).components(separatedBy: "```sql\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        try #require(blocks.count == 3)
        return (blocks[0], blocks[1], blocks[2])
    }

    /// A database in a file of its own, with ten pieces in stock.
    private func withShop(_ body: (_ path: String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "stock-\(UUID().uuidString).sqlite").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let shop = try Database(path)
        try shop.run("CREATE TABLE stock (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL)")
        try shop.run("INSERT INTO stock (id, amount) VALUES (1, 10)")
        try shop.run(Self.statements().column)
        try await body(path)
    }

    @Test func `a holder may write any number of times, an earlier one never again`() async throws {
        let sql = try Self.statements()
        try await withShop { path in
            let shop = try Database(path)
            func write(_ amount: Int64, _ token: Int64) throws -> Int {
                try shop.run(sql.write, ["id": 1, "amount": amount, "token": token])
            }
            #expect(try write(99, 0) == 0, "without a token")
            #expect(try write(9, 5) == 1)
            #expect(try write(9, 5) == 1, "the same again is no loss")
            #expect(try write(8, 1_764_000_000_000_000) == 1)
            #expect(try write(7, 1_763_999_999_999_999) == 0)
            #expect(try shop.amount() == 8)
        }
    }

    @Test func `whoever reads with its token is not overtaken before it writes`() async throws {
        let sql = try Self.statements()
        try await withShop { path in
            let (early, late) = (try Database(path), try Database(path))
            #expect(try late.run(sql.claim, ["id": 1, "token": 7]) == 1)
            let read = try late.amount()
            #expect(try early.run(sql.write, ["id": 1, "amount": 3, "token": 6]) == 0)
            #expect(try early.run(sql.claim, ["id": 1, "token": 6]) == 0)
            #expect(try late.run(sql.write, ["id": 1, "amount": read - 1, "token": 7]) == 1)
            #expect(try late.amount() == 9)
        }
    }

    @Test func `of many at once the one with the largest token has the last word`() async throws {
        let sql = try Self.statements()
        try await withShop { path in
            let refused = try await withThrowingTaskGroup(of: Int.self) { group in
                for token: Int64 in 1...40 {
                    group.addTask {
                        1 - (try Database(path).run(sql.write, ["id": 1, "amount": token * 100, "token": (token * 17) % 41]))
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(refused < 40)
            // 17 x 12 = 40 modulo 41.
            #expect(try Database(path).amount() == 1200)
        }
    }
}

/// As much of SQLite as a statement with named numbers needs.
private final class Database {
    private var handle: OpaquePointer?

    struct Failure: Error, CustomStringConvertible { let description: String }

    init(_ path: String) throws {
        guard sqlite3_open(path, &handle) == SQLITE_OK else { throw failure() }
        sqlite3_busy_timeout(handle, 20_000)
    }

    deinit { sqlite3_close(handle) }

    /// Runs one statement and returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [String: Int64] = [:]) throws -> Int {
        try prepared(sql, values) { statement in
            guard sqlite3_step(statement) == SQLITE_DONE else { throw failure() }
            return Int(sqlite3_changes(handle))
        }
    }

    func amount() throws -> Int64 {
        try prepared("SELECT amount FROM stock WHERE id = 1", [:]) { statement in
            guard sqlite3_step(statement) == SQLITE_ROW else { throw failure() }
            return sqlite3_column_int64(statement, 0)
        }
    }

    private func prepared<Result>(_ sql: String, _ values: [String: Int64], _ body: (OpaquePointer?) throws -> Result) throws -> Result {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw failure() }
        defer { sqlite3_finalize(statement) }
        for (name, value) in values {
            let index = sqlite3_bind_parameter_index(statement, ":\(name)")
            guard index > 0, sqlite3_bind_int64(statement, index, value) == SQLITE_OK else { throw failure() }
        }
        return try body(statement)
    }

    private func failure() -> Failure { Failure(description: String(cString: sqlite3_errmsg(handle))) }
}

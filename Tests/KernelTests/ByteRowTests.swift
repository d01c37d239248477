import Kernels
import Testing

@Suite("Rows of bytes are compared with a query alike on every processor")
struct ByteRowTests {
    @Test("the sums are those of the plain kernel, for every width and number of rows", arguments: fastTables)
    func sums(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for width in [64, 128, 256, 512] {
            for count in [0, 1, 7, 33] {
                let rows = (0..<max(1, width * count)).map { Int8(truncatingIfNeeded: $0 &* 7919 >> 2) }
                let query = (0..<width).map { Float(($0 &* 37) % 101 - 50) / 64 }
                let fast = Self.sums(table, rows, width, count, query)
                let plain = Self.sums(.scalar, rows, width, count, query)
                for (a, b) in zip(fast, plain) { #expect(abs(a - b) <= 0.01, "\(width) x \(count)") }
                #expect(fast[count...].allSatisfy { $0 == GuardedPlanes.canary }, "nothing is written beyond the rows")
            }
        }
    }

    private static func sums(
        _ table: KernelTable, _ rows: [Int8], _ width: Int, _ count: Int, _ query: [Float]
    ) -> [Float] {
        var (packed, sums) = (query, [Float](repeating: GuardedPlanes.canary, count: count + 16))
        rows.withUnsafeBufferPointer { rows in
            query.withUnsafeBufferPointer { query in
                packed.withUnsafeMutableBufferPointer { packed in
                    sums.withUnsafeMutableBufferPointer { sums in
                        guard let rows = rows.baseAddress, let query = query.baseAddress,
                            let packed = packed.baseAddress, let sums = sums.baseAddress
                        else { return }
                        table.byteRows.packQuery(query, width, packed)
                        table.byteRows.dot(rows, width, count, packed, sums)
                    }
                }
            }
        }
        return sums
    }
}

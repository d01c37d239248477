import Testing
import Kernels
@Test func a() { #expect(KernelTable.best.lanes > 0) }

/// The bytes of a tensor, which do not change: a piece of the mapped model file, read in place, or memory of their own.
@safe struct FixedBytes<Byte: FixedWidthInteger & BitwiseCopyable>: RandomAccessCollection {
    /// Keeps the memory: the mapped file, or a list.
    private let owner: AnyObject
    private let numbers: UnsafeBufferPointer<Byte>

    /// - Parameter numbers: bytes of the file.
    init(in file: MappedFile, at numbers: UnsafeBufferPointer<Byte>) {
        owner = file
        unsafe self.numbers = unsafe numbers
    }

    init(_ list: [Byte]) {
        let copy = FixedList(list)
        owner = copy
        unsafe numbers = unsafe UnsafeBufferPointer(start: copy.start, count: copy.count)
    }

    var startIndex: Int { 0 }
    var endIndex: Int { unsafe numbers.count }

    subscript(index: Int) -> Byte {
        unsafe precondition(numbers.indices.contains(index), "byte \(index) of \(numbers.count)")
        return unsafe numbers[index]
    }

    /// All of them at once, for loops over many.
    func withNumbers<Result>(_ body: (UnsafeBufferPointer<Byte>) -> Result) -> Result {
        withExtendedLifetime(owner) { unsafe body(numbers) }
    }
}

import Glibc

/// What lies in a folder.
package enum FolderListing {
    /// Names without `.` and `..`, in no order, as `FileName` has them.
    /// - Throws: `SystemError` when the folder cannot be opened.
    package static func names(in folder: String) throws(SystemError) -> [String] {
        var opened: OpaquePointer?
        try SystemError.check("opendir \(folder)") {
            unsafe opened = unsafe opendir(FileName.bytes(folder))
            return unsafe opened == nil ? -1 : 0
        }
        guard let stream = unsafe opened else { return [] }
        // Nothing was written, so closing cannot lose anything.
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // SAFETY: readdir ends the name with NUL and keeps the entry until the next call.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe FileName.text(Array(bytes.prefix { $0 != 0 }))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

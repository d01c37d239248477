import Logging
import Serve

extension PageFiles {
    /// The page that comes with the program. Without it everything else is served all the same, and the log says why.
    static func shipped(_ logger: Logger) -> PageFiles {
        let places = ShippedFiles.places(of: "page", source: "page")
        guard let folder = ShippedFiles.path(of: "page", source: "page") else {
            logger.warning(
                "the page is not installed: browsers get none",
                metadata: ["looked": "\(places.joined(separator: ", "))"])
            return PageFiles()
        }
        do throws(PageError) { return try PageFiles(reading: folder) } catch {
            logger.warning("the page cannot be read: browsers get none", metadata: ["why": "\(error)"])
            return PageFiles()
        }
    }
}

/// One room and whom it may know.
struct Room: Sendable {
    let name: String
    /// Rooms and doors of ours.
    let ours: Set<String>
    /// Modules of packages, beside swift-log's, which everybody may have.
    let packages: Set<String>

    init(_ name: String, ours: Set<String> = ["Base", "Runtime"], packages: Set<String> = []) {
        self.name = name
        self.ours = ours
        self.packages = packages
    }
}

/// One thing of which there may be many: a file in a folder and a row in a table.
struct TableRule: Sendable, CustomStringConvertible {
    let room: String
    let folder: String
    let suffix: String
    let table: String

    var description: String { folder }
}

/// The plan of the house. A change here is a change of the architecture: say why in docs/decisions.md.
enum House {
    static let rooms: [Room] = [
        Room(
            "Porchlight",
            ours: [
                "Base", "Runtime", "Settings", "Capture", "Decode", "Gate", "Infer", "Interpret", "Evaluate",
                "Control", "Faces", "Publish", "Notify", "Rekognition", "Serve", "Store",
            ],
            packages: ["ArgumentParser", "ServiceLifecycle", "UnixSignals"]),
        Room("Base", ours: []),
        Room("Runtime", ours: ["Base"]),
        Room("Settings", ours: ["Base"]),
        Room("Capture", ours: ["Base", "Runtime", "Settings", "CV4L2"]),
        Room("Decode", ours: ["Base", "Runtime", "CLibAV"]),
        Room("Gate", ours: ["Base", "Kernels"]),
        Room("Infer", ours: ["Base", "Runtime", "Kernels", "KernelTypes", "CBLAS"]),
        Room("Interpret"),
        Room("Faces", ours: ["Base", "Runtime", "Kernels"]),
        Room("Evaluate"),
        Room("Control"),
        Room("Publish", ours: ["Base", "Runtime", "Settings", "CMosquitto"]),
        Room("Notify", ours: ["Base", "Runtime", "Settings", "CCurl"]),
        Room("Rekognition"),
        // HTTP spells what Rekognition answers.
        Room(
            "Serve", ours: ["Base", "Runtime", "Settings", "CCrypto", "Rekognition"],
            packages: [
                "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTPTypes", "ServiceLifecycle",
            ]),
        Room("Store", ours: ["Base", "Runtime", "CSQLite", "CTimex"]),
        // Hand-written SIMD: one source, one target per instruction set.
        Room("KernelTypes", ours: []),
        Room("KernelsBase", ours: ["KernelTypes", "CKernels"]),
        Room("KernelsV3", ours: ["KernelTypes", "CKernels"]),
        Room("KernelsV4", ours: ["KernelTypes", "CKernels"]),
        Room("KernelsVNNI", ours: ["KernelTypes", "CKernels"]),
        Room("KernelsDotProduct", ours: ["KernelTypes", "CKernels"]),
        Room(
            "Kernels",
            ours: [
                "Runtime", "KernelTypes", "KernelsBase", "KernelsV3", "KernelsV4", "KernelsVNNI", "KernelsDotProduct",
                "CKernels",
            ]),
        // Doors to C: nothing of ours.
        Room("CV4L2", ours: []), Room("CLibAV", ours: []), Room("CBLAS", ours: []), Room("CMosquitto", ours: []),
        Room("CCrypto", ours: []), Room("CTimex", ours: []), Room("CCurl", ours: []), Room("CSQLite", ours: []),
        Room("CKernels", ours: []),
    ]

    /// Doors hold no logic; CKernels is no door: it says what Swift cannot.
    static let doors = ["CV4L2", "CLibAV", "CBLAS", "CMosquitto", "CCrypto", "CTimex", "CCurl", "CSQLite"]

    /// What comes with the toolchain. Nobody has the whole of Foundation, which costs a small board megabytes, and what everybody
    /// knows does without its essentials, too.
    static let withoutFoundation: Set<String> = ["Base", "Runtime", "Settings"]
    static let toolchain: Set<String> = ["Glibc", "Synchronization", "Logging"]
    static let toolchainBeyondBase: Set<String> = ["FoundationEssentials", "Dispatch"]

    static let tables: [TableRule] = [
        TableRule(
            room: "Porchlight", folder: "Porchlight/Cameras/Sources", suffix: "Source.swift",
            table: "Porchlight/Cameras/FrameSourceTable.swift"),
        TableRule(
            room: "Porchlight", folder: "Porchlight/Analysis/Clients", suffix: ".swift",
            table: "Porchlight/Analysis/Scheduling/WorkTable.swift"),
        TableRule(room: "Infer", folder: "Infer/Operators", suffix: ".swift", table: "Infer/OperatorTable.swift"),
        TableRule(
            room: "Interpret", folder: "Interpret/Heads", suffix: "Head.swift", table: "Interpret/HeadTable.swift"),
        TableRule(
            room: "Interpret", folder: "Interpret/Analyzers", suffix: "Analyzer.swift",
            table: "Interpret/AnalyzerTable.swift"),
        TableRule(
            room: "Rekognition", folder: "Rekognition/Operations", suffix: ".swift",
            table: "Rekognition/OperationTable.swift"),
        TableRule(room: "Notify", folder: "Notify/Targets", suffix: "Target.swift", table: "Notify/TargetTable.swift"),
        TableRule(
            room: "Rekognition", folder: "Rekognition/Kinesis/Operations", suffix: ".swift",
            table: "Rekognition/Kinesis/KinesisOperationTable.swift"),
        TableRule(room: "Serve", folder: "Serve/Routes", suffix: "Route.swift", table: "Serve/Routes/Routes.swift"),
    ]

    /// Each of these files guards its own state and says how.
    static let uncheckedSendable: Set<String> = [
        "Sources/Base/Picture/Frame.swift", "Sources/Runtime/Monitor.swift",
        "Sources/Runtime/NamedThread.swift", "Sources/Kernels/WorkerPool.swift",
        "Sources/Serve/TLS/TLSContext.swift",
    ]

    /// Re-exports the kernels' vocabulary to those who import `Kernels`.
    static let publicWords: Set<String> = ["Sources/Kernels/Choice.swift"]

    /// The one place for each of these concerns, where it exists.
    static let concerns: [(pattern: String, places: [String])] = [
        (#"pthread_create\("#, ["Sources/Runtime/NamedThread.swift"]),
        (#"Glibc\.errno"#, ["Sources/Runtime/SystemError.swift"]),
        (#"\b(Hummingbird|HummingbirdCore)\b"#, ["Sources/Serve/HTTPListener.swift"]),
        (#"\b(SSL|SSL_CTX)_new\("#, ["Sources/Serve/TLS/", "Sources/Publish/TLSSession.swift"]),
        // What sends to the outside is a service of its own: the daemon knows nothing of it, and has no libcurl in its memory.
        (#"\bimport Notify\b"#, ["Sources/Porchlight/Commands/Notify/"]),
        (#"\bimport CCurl\b"#, ["Sources/Notify/CurlLibrary.swift", "Sources/Notify/Transfer.swift"]),
        (#"\bdlopen\("#, ["Sources/Notify/CurlLibrary.swift"]),
        (#"\bimport CSQLite\b"#, ["Sources/Store/SQLite/"]),
        // Only the scheduler's clients use a network that belongs to the analysis.
        (#"\bmodels\.\w+\.detections\("#, ["Sources/Porchlight/Analysis/Clients/"]),
        // A socket that appears and a damaged database that is laid aside are no files that are written.
        (
            #"options: \.atomic|unsafe rename(at)?\("#,
            [
                "Sources/Runtime/WholeFile.swift", "Sources/Serve/SocketFile.swift",
                "Sources/Store/DamagedFiles.swift",
            ]
        ),
        // Whole files of the storage directory are written by its table's rules; the folders there have bounds of their own.
        (
            #"\bWholeFile\.write\("#,
            [
                "Sources/Runtime/StorageFile.swift", "Sources/Control/ResultsFolder.swift",
                "Sources/Porchlight/Events/VisitImages.swift", "Sources/Porchlight/Samples/SampleFolder.swift",
                // What the user names, and the runtime folder.
                "Sources/Porchlight/Commands/QuantizeCommand.swift", "Sources/Porchlight/Commands/ConvertCommand.swift",
                "Sources/Porchlight/Commands/Faces/FacesCopy.swift",
                "Sources/Porchlight/Commands/Setup/ConfigDraft.swift",
                "Sources/Porchlight/Wiring/RunMarker.swift",
                "Sources/Store/EndedSessions.swift",
            ]
        ),
        (
            #""/?(porchlight\.sqlite|faces\.sqlite|credentials\.json|retained-topics\.json|ended-sessions|run-state|bytes-written|samples|tls)""#,
            ["Sources/Store/StorageEntry.swift"]
        ),
        (#"\b(opendir|readdir|contentsOfDirectory)\("#, ["Sources/Runtime/FolderListing.swift"]),
        (#"\bgethostname\("#, ["Sources/Runtime/HostName.swift"]),
        (#"16_777_619"#, ["Sources/Runtime/FNV1a.swift"]),
        (#"\bUUID\("#, []),
        // The daemon starts no program; a person who sets the box up lets systemd start the service.
        (
            #"\b(Glibc\.system|popen|execv|execve|execvp|posix_spawn|posix_spawnp)\("#,
            ["Sources/Porchlight/Commands/Setup/ServiceStart.swift"]
        ),
    ]

    /// Lines; tests and scripts may be somewhat longer, since they are read piece by piece.
    static let longestSource = 450
    static let longestOther = 600
}

// swift-tools-version: 6.2
// The rooms in the order in which a frame visits them. A room depends on Base and its own C door, never on another room.
import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

// All hand-written SIMD: one source, one target per instruction set, chosen at start. Unsafe flags, since a whole target
// is compiled for another processor than the rest; -Ounchecked, since bounds are checked where kernels are called.
// Swift 6.2 spells @inline(always) otherwise: scripts/arm/kit.sh makes a copy for it, and names the folder.
let kernelFlags = ["-Ounchecked", "-wmo"]
let kernelFolder = Context.environment["PORCHLIGHT_KERNELS", default: "Sources"]
func kernels(_ name: String, _ defines: [String] = [], _ flags: [String] = []) -> Target {
    .target(
        name: name, dependencies: ["KernelTypes", "CKernels"], path: "\(kernelFolder)/\(name)",
        swiftSettings: defines.map { .define($0) } + [.unsafeFlags(kernelFlags + flags)])
}
// A manifest runs on the machine that builds. Who builds for another kind of processor names it in PORCHLIGHT_ARCH.
#if arch(x86_64)
let ownArchitecture = "amd64"
#else
let ownArchitecture = "arm64"
#endif
let v4Flags = ["-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512"]
let vectorKernels =
    Context.environment["PORCHLIGHT_ARCH", default: ownArchitecture] == "amd64"
    ? [
        kernels("KernelsV3", ["KERNELS_V3"], ["-Xcc", "-march=x86-64-v3"]),
        kernels("KernelsV4", ["KERNELS_V4"], v4Flags),
        kernels(
            "KernelsVNNI", ["KERNELS_V4", "KERNELS_VNNI"], v4Flags + ["-Xcc", "-mavx512vnni", "-Xcc", "-mavx512vbmi"]),
    ]
    : [kernels("KernelsDotProduct", ["KERNELS_DOT"], ["-Xcc", "-march=armv8.2-a+dotprod"])]

let package = Package(
    name: "porchlight",
    products: [
        .executable(name: "porchlight", targets: ["Porchlight"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.0.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.20.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.0.0"),
    ],
    targets: [
        // Start reading here: commands, wiring, and the one function that tells a frame's whole journey.
        .executableTarget(
            name: "Porchlight",
            dependencies: [
                "Base", "Runtime", "Settings", "Capture", "Decode", "Gate", "Infer", "Interpret", "Evaluate",
                "Control", "Faces", "Publish", "Notify",
                "Rekognition", "Serve", "Store", logging, lifecycle, unixSignals, argumentParser,
            ]),
        // The nouns that everybody shares.
        .target(name: "Base"),
        // Threads, queues, files and the log.
        .target(name: "Runtime", dependencies: ["Base", logging]),
        // The config file: its settings and their check.
        .target(name: "Settings", dependencies: ["Base"]),
        // /dev/video* -> captured pictures, newest only.
        .target(name: "Capture", dependencies: ["Base", "Runtime", "Settings", "CV4L2"]),
        // Captured pictures, clips and photographs -> frames.
        .target(name: "Decode", dependencies: ["Base", "Runtime", "CLibAV"]),
        // Frames -> worth a look? -> input tensors.
        .target(name: "Gate", dependencies: ["Base", "Kernels"]),
        // Tensors -> tensors: the ONNX engine.
        .target(name: "Infer", dependencies: ["Base", "Runtime", "Kernels", "KernelTypes", "CBLAS"]),
        // Tensors -> detections -> tracks -> events.
        .target(name: "Interpret", dependencies: ["Base", "Runtime"]),
        // Vectors of faces -> who is like whom: the collections.
        .target(name: "Faces", dependencies: ["Base", "Runtime", "Kernels", logging]),
        // Detections and the truth -> how good the model is.
        .target(name: "Evaluate", dependencies: ["Base", "Runtime"]),
        // Stream processors: what is asked and what runs.
        .target(name: "Control", dependencies: ["Base", "Runtime", logging]),
        // Processors and events -> SQLite.
        .target(name: "Store", dependencies: ["Base", "Runtime", "CSQLite", "CTimex", logging]),
        // Events -> MQTT.
        .target(name: "Publish", dependencies: ["Base", "Runtime", "Settings", "CMosquitto", logging]),
        // Which event tells whom, the queue, and the way to phones, chats, mailboxes and webhooks.
        .target(name: "Notify", dependencies: ["Base", "Runtime", "Settings", "CCurl", logging]),
        // AWS's operations, shapes and errors, without HTTP: what the API and MQTT commands both call.
        .target(
            name: "Rekognition", dependencies: ["Base", "Runtime"]),
        // HTTP: who may call, the routes, the listeners.
        .target(
            name: "Serve",
            dependencies: [
                "Base", "Runtime", "Settings", "CCrypto", "Rekognition", logging, lifecycle, nio("NIOCore"),
                nio("NIOPosix"), nio("NIOHTTP1"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        // The choice of instruction set, the arguments of kernels, and the kernels themselves.
        .target(
            name: "Kernels",
            dependencies: ["Runtime", "KernelTypes", "KernelsBase", "CKernels"]
                + vectorKernels.map { .target(name: $0.name) }),
        .target(name: "KernelTypes"),
        kernels("KernelsBase"),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O2"])]),
        // Doors to C: a module map and a shim.h of reasons, no logic.
        .systemLibrary(name: "CV4L2", pkgConfig: "libv4l2", providers: [.apt(["libv4l-dev"])]),
        .systemLibrary(
            name: "CLibAV", pkgConfig: "libavformat",
            providers: [.apt(["libavcodec-dev", "libavformat-dev", "libavutil-dev", "libswscale-dev"])]),
        .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev", "libssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CTimex"),
        // No pkgConfig, which would link it: it is opened by who sends notices, while the program runs.
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        // One suite per room, one for the rules of the house.
        .testTarget(name: "BaseTests", dependencies: ["TestSupport", "Base"]),
        .testTarget(name: "RuntimeTests", dependencies: ["Base", "Runtime", logging]),
        .testTarget(name: "SettingsTests", dependencies: ["TestSupport", "Base", "Settings"]),
        .testTarget(
            name: "CaptureTests", dependencies: ["Base", "Runtime", "Settings", "Capture", "CaptureProbe"]),
        .testTarget(name: "DecodeTests", dependencies: ["TestSupport", "Base", "Decode", "Gate"]),
        .testTarget(name: "GateTests", dependencies: ["TestSupport", "Base", "Gate"]),
        .testTarget(name: "KernelTests", dependencies: ["Kernels", "KernelTypes"]),
        .testTarget(
            name: "InferTests",
            dependencies: ["TestSupport", "Base", "Runtime", "CMallocCounter", "Infer", "Kernels", "KernelTypes"]),
        .testTarget(name: "InterpretTests", dependencies: ["TestSupport", "Base", "Runtime", "Interpret"]),
        .testTarget(
            name: "FacesTests",
            dependencies: ["TestSupport", "RekognitionTestSupport", "Base", "Runtime", "Faces", "Kernels", logging]),
        .testTarget(name: "EvaluateTests", dependencies: ["TestSupport", "Base", "Evaluate"]),
        .testTarget(name: "ControlTests", dependencies: ["TestSupport", "Base", "Runtime", "Control", logging]),
        .testTarget(
            name: "StoreTests",
            dependencies: ["TestSupport", "Base", "Runtime", "Store", "CMallocCounter", logging]),
        .testTarget(
            name: "PublishTests", dependencies: ["TestSupport", "Base", "Runtime", "Settings", "Publish", logging]),
        .testTarget(name: "NotifyTests", dependencies: ["Base", "Runtime", "Settings", "Notify", logging]),
        .testTarget(
            name: "RekognitionTests",
            dependencies: ["TestSupport", "RekognitionTestSupport", "Base", "Faces", "Rekognition"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "ServeTests",
            dependencies: [
                "TestSupport", "RekognitionTestSupport", "Base", "Runtime", "Settings", "Faces", "Rekognition", "Serve",
                logging, lifecycle,
                nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"), nio("NIOPosix"),
            ], exclude: ["Fixtures"]),
        .testTarget(
            name: "PorchlightTests",
            dependencies: [
                "TestSupport", "Base", "Runtime", "Settings", "Capture", "Control", "Decode", "Evaluate", "Gate",
                "Porchlight", "Serve", "Store", logging, lifecycle,
            ]),
        .testTarget(name: "HouseTests"),
        // A camera without the rest of the program, for tests with the fake driver.
        .executableTarget(
            name: "CaptureProbe", dependencies: ["Base", "Settings", "Capture", "Decode"],
            path: "Tests/CaptureProbe"),
        // Doubles behind the API.
        .target(
            name: "RekognitionTestSupport", dependencies: ["Base", "Faces", "Rekognition", logging],
            path: "Tests/RekognitionTestSupport"),
        // What several suites need.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        // Counts allocations, so that a test can say that a frame makes none, and that a file takes little to write.
        .target(name: "CMallocCounter", path: "Tests/CMallocCounter"),
        // GFLOP/s of single kernels on the shapes of real networks.
        .executableTarget(
            name: "KernelBenchmark", dependencies: ["Kernels", "KernelTypes"], path: "Benchmarks/kernels"),
        // Milliseconds of a search among faces, and what they take of memory.
        .executableTarget(
            name: "FaceBenchmark", dependencies: ["Base", "Faces", "Kernels", logging], path: "Benchmarks/faces"),
        // Milliseconds per stage between a camera and the network.
        .executableTarget(
            name: "PictureBenchmark", dependencies: ["Base", "Decode", "Gate"], path: "Benchmarks/pictures",
            exclude: ["compare.py", "run.sh"], sources: ["main.swift"]),
        // Passes of a network for instruction counts.
        .executableTarget(name: "EnginePasses", dependencies: ["Base", "Infer"], path: "Benchmarks/engine/passes"),
    ] + vectorKernels
)

// One list for every target, so that none can be forgotten.
for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),  // SE-0335
            .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
            .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
        ]
    // Everything in the kernels is pointers: strict memory safety would mark every line there and say nothing.
    if !target.name.contains("Kernel") { target.swiftSettings?.append(.strictMemorySafety()) }  // SE-0458
}

// swift-tools-version: 6.2
// The rooms in the order in which a frame visits them. A room depends on Base and its own C door, never on another room.
import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "porchlight",
    products: [.executable(name: "porchlight", targets: ["Porchlight"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.0.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.0.0"),
    ],
    targets: [
        // Start reading here: commands, wiring, and the one function that tells a frame's whole journey.
        .executableTarget(
            name: "Porchlight",
            dependencies: [
                "Base", "Capture", "Decode", "Gate", "Infer", "Interpret", "Control", "Publish", "Serve", "Store",
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // The nouns that everybody shares.
        .target(name: "Base", dependencies: [logging]),
        // /dev/video* -> captured pictures, newest only.
        .target(name: "Capture", dependencies: ["Base", "CV4L2", logging]),
        // Captured pictures, clips and photographs -> frames.
        .target(name: "Decode", dependencies: ["Base", "CLibAV", logging]),
        // Frames -> worth a look? -> input tensors.
        .target(name: "Gate", dependencies: ["Base"]),
        // Tensors -> tensors: the ONNX engine.
        .target(name: "Infer", dependencies: ["Base", "Kernels", "CBLAS", logging]),
        // Tensors -> detections -> tracks -> events.
        .target(name: "Interpret", dependencies: ["Base"]),
        // Stream processors: what is asked and what runs.
        .target(name: "Control", dependencies: ["Base", logging]),
        // Processors and events -> SQLite.
        .target(name: "Store", dependencies: ["Base", logging, .product(name: "GRDB", package: "GRDB.swift")]),
        // Events -> MQTT.
        .target(name: "Publish", dependencies: ["Base", "CMosquitto", logging]),
        // HTTP: the Rekognition stream-processor API.
        .target(
            name: "Serve",
            dependencies: [
                "Base", logging,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Doors to C: a module map and a shim.h of reasons, no logic.
        .systemLibrary(name: "CV4L2", pkgConfig: "libv4l2", providers: [.apt(["libv4l-dev"])]),
        .systemLibrary(
            name: "CLibAV", pkgConfig: "libavformat",
            providers: [.apt(["libavcodec-dev", "libavformat-dev", "libavutil-dev"])]),
        .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .testTarget(name: "BaseTests", dependencies: ["Base"]),
    ]
)

// One list for every target, so that none can be forgotten.
for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),  // SE-0335
            .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
            .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
            .strictMemorySafety(),  // SE-0458
        ]
}

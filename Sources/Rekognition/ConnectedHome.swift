import Base

/// `Settings.ConnectedHome` and `SettingsForUpdate.ConnectedHomeForUpdate`: the same two members, `Labels` required in the
/// first only. Which labels exist is the model's matter, so `Control` judges the words.
struct ConnectedHome {
    var labels: [String]?
    var minConfidence: Confidence?

    static let percent = 0.0...100.0

    init(_ members: Members, labelsRequired: Bool) throws(APIError) {
        labels = try members.strings("Labels", .any, count: 1...128, required: labelsRequired)
        minConfidence = try members.double("MinConfidence", in: Self.percent).flatMap(Confidence.init(percent:))
    }
}

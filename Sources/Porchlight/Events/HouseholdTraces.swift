import Base
import Control
import Interpret
import Publish
import Store

/// Everything that the box keeps of people, in one place: what `porchlight faces forget` erases.
struct HouseholdTraces: FaceTraces {
    let collections: any FaceCollections
    let strangers: Strangers
    let events: EventStore
    let streams: RecordStore
    let images: VisitImages
    let results: ResultsFolder
    let samples: SampleFolder
    let why: WhyStore
    let publisher: Publisher

    /// Faces that are asked for at a time.
    private static let page = 1000

    func picture(ofVisit id: String) async -> [UInt8]? { await images.picture(ofVisit: id) }

    func forget(_ name: ExternalImageID) async -> ForgottenTraces {
        var gone = ForgottenTraces()
        // First the faces: nobody is to be given that name any more.
        for collection in collections.list() {
            do throws(FaceCollectionError) {
                try await forget(name, in: collection.id, &gone)
            } catch {
                gone.failures.append("collection \(collection.id): \(error)")
            }
        }
        await forgetStranger(name.text, &gone)
        do throws(StoreError) {
            try await streams.forget(name.text)
            let visits = try await events.forget(name.text)
            gone.visits = visits.count
            await why.forget(visits: Set(visits.map(\.id)), name: name.text)
            await forget(visits, &gone)
        } catch {
            gone.failures.append("recorded visits: \(error)")
        }
        return gone
    }

    func knownStrangers() -> [KeptStranger]? { strangers.memory?.all }

    func forgetStranger(_ id: String) async -> ForgottenTraces {
        var gone = ForgottenTraces()
        await forgetStranger(id, &gone)
        return gone
    }

    private func forgetStranger(_ id: String, _ gone: inout ForgottenTraces) async {
        do { gone.strangers = try await strangers.forget(id) ? 1 : 0 } catch {
            gone.failures.append("the stranger: \(error)")
        }
    }

    func forgetStrangers() async -> ForgottenTraces {
        var gone = ForgottenTraces()
        do { gone.strangers = try await strangers.forgetAll() } catch {
            gone.failures.append("strangers: \(error)")
        }
        return gone
    }

    private func forget(
        _ name: ExternalImageID, in id: CollectionID, _ gone: inout ForgottenTraces
    ) async throws(FaceCollectionError) {
        let user = FaceUserID(name.text)
        var (doomed, after) = ([FaceID](), FaceID?.none)
        while true {
            let page = try collections.faces(in: id, of: nil, among: nil, after: after, limit: Self.page)
            doomed += page.faces.filter { $0.externalImageID == name || $0.userID != nil && $0.userID == user }.map(
                \.id)
            guard page.hasMore, let last = page.faces.last else { break }
            after = last.id
        }
        if let user {
            let users = try collections.users(in: id, after: nil, limit: .max).users
            if users.contains(where: { $0.id == user }) {
                try await collections.deleteUser(user, from: id)
                gone.users += 1
            }
        }
        guard !doomed.isEmpty else { return }
        let deletion = try await collections.deleteFaces(doomed, from: id)
        gone.faces += deletion.deleted.count
        if !deletion.owned.isEmpty {
            throw .conflict("\(deletion.owned.count) faces belong to a user of another name")
        }
    }

    private func forget(_ visits: [ForgottenVisit], _ gone: inout ForgottenTraces) async {
        let pictures = await images.erase(visits: visits.map(\.id))
        gone.pictures = pictures.count
        publisher.erasePictures(of: Set(visits.map(\.processor)))
        if !pictures.isComplete { gone.failures.append("pictures of visits") }
        do { gone.results = try await results.erase(sessions: Set(visits.compactMap(\.sessionID))) } catch {
            gone.failures.append("results: \(error)")
        }
        for visit in visits {
            gone.samples += await samples.erase(of: visit.processor, from: visit.from, until: visit.until)
        }
    }
}

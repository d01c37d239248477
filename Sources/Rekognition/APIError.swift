package import Base

/// An answer that says no, spelled as AWS does.
package struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// AWS's name, the `__type` of the answer; boto3 shows it as the error's code.
    package enum Kind: String, Sendable, CaseIterable {
        case accessDenied = "AccessDeniedException"
        case conflict = "ConflictException"
        case expiredIterator = "ExpiredIteratorException"
        case idempotentParameterMismatch = "IdempotentParameterMismatchException"
        case imageTooLarge = "ImageTooLargeException"
        case incompleteSignature = "IncompleteSignatureException"
        case internalServerError = "InternalServerError"
        case invalidArgument = "InvalidArgumentException"
        case invalidImageFormat = "InvalidImageFormatException"
        case invalidPaginationToken = "InvalidPaginationTokenException"
        case invalidParameter = "InvalidParameterException"
        case invalidS3Object = "InvalidS3ObjectException"
        case invalidSignature = "InvalidSignatureException"
        case limitExceeded = "LimitExceededException"
        case methodNotAllowed = "MethodNotAllowedException"
        case noSuchRoute = "NotFoundException"
        case missingAuthenticationToken = "MissingAuthenticationTokenException"
        case requestTooLarge = "RequestEntityTooLargeException"
        case requestTimeout = "RequestTimeoutException"
        case resourceAlreadyExists = "ResourceAlreadyExistsException"
        case resourceInUse = "ResourceInUseException"
        case resourceNotFound = "ResourceNotFoundException"
        case provisionedThroughputExceeded = "ProvisionedThroughputExceededException"
        case serialization = "SerializationException"
        case serviceQuotaExceeded = "ServiceQuotaExceededException"
        case serviceUnavailable = "ServiceUnavailableException"
        case unknownOperation = "UnknownOperationException"
        case unrecognizedClient = "UnrecognizedClientException"
        case unsupportedMediaType = "UnsupportedMediaTypeException"

        /// 400 for whatever a caller of the API can put right; SDKs repeat 5xx by themselves.
        package var status: Int {
            switch self {
            case .internalServerError: 500
            case .serviceUnavailable: 503
            case .missingAuthenticationToken: 401
            case .accessDenied, .incompleteSignature, .invalidSignature, .unrecognizedClient: 403
            case .noSuchRoute: 404
            case .methodNotAllowed: 405
            case .requestTimeout: 408
            case .requestTooLarge: 413
            case .unsupportedMediaType: 415
            case .conflict, .expiredIterator, .idempotentParameterMismatch, .imageTooLarge, .invalidArgument,
                .invalidImageFormat, .invalidPaginationToken, .invalidParameter, .invalidS3Object, .limitExceeded,
                .provisionedThroughputExceeded, .resourceAlreadyExists, .resourceInUse, .resourceNotFound,
                .serialization, .serviceQuotaExceeded, .unknownOperation:
                400
            }
        }
    }

    package var kind: Kind
    /// For people: what, which value, what to do.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package init(_ error: ControlError) {
        switch error {
        case .invalidParameter(let message): self.init(.invalidParameter, message)
        case .notFound(let message): self.init(.resourceNotFound, message)
        case .inUse(let message): self.init(.resourceInUse, message)
        case .limitExceeded(let message): self.init(.limitExceeded, message)
        case .internalFailure(let message): self.init(.internalServerError, message)
        }
    }

    package init(_ error: FaceCollectionError) {
        switch error {
        case .notFound(let message): self.init(.resourceNotFound, message)
        case .alreadyExists(let message): self.init(.resourceAlreadyExists, message)
        case .conflict(let message): self.init(.conflict, message)
        case .invalidParameter(let message): self.init(.invalidParameter, message)
        case .quotaExceeded(let message): self.init(.serviceQuotaExceeded, message)
        case .internalFailure(let message): self.init(.internalServerError, message)
        }
    }

    package init(_ refusal: PictureRefusal) {
        switch refusal {
        case .unreadable(let why):
            self.init(.invalidImageFormat, "Image.Bytes is no JPEG or PNG that can be read: \(why)")
        case .tooLarge(let why): self.init(.imageTooLarge, "Image.Bytes is too large: \(why)")
        case .busy(let why): self.init(.provisionedThroughputExceeded, why)
        case .unavailable(let why): self.init(.internalServerError, why)
        case .stopping: self.init(.serviceUnavailable, "Porchlight is ending; try again.")
        }
    }

    package var description: String { "\(kind.rawValue): \(message)" }

    /// `{"__type": …, "Message": …}`
    package var json: JSONValue { ["__type": .string(kind.rawValue), "Message": .string(message)] }
}

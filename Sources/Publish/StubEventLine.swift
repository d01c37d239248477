package import Base
package struct EventLine { let r: RecordedEvent; package init(_ r: RecordedEvent) {self.r=r}; package func text(colored: Bool) -> String { "\(r.time.rfc3339) \(r.event.processor) \(r.event.label.rawValue) \(r.event.phase.rawValue) \(r.event.confidence.percent) \(r.event.reason?.rawValue ?? "")" } }
package enum BrokerProbe { package static func problem(_ s: MQTTSettings, within: Duration) async -> String? { nil } }

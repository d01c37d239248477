import Notify
import Runtime

/// Reads and checks the config file of the notices.
/// - Throws: `CommandFailure` that lists every problem with its JSON path.
func loadNotifySettings(configPath: String) throws -> NotifySettings {
    try checkedConfig(configPath) { NotifySettings(checking: $0, defaultDeviceID: HostName.deviceID, &$1) }
}

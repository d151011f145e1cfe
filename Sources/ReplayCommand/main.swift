import Foundation
import Replay

exit(await replay(Array(CommandLine.arguments.dropFirst())))

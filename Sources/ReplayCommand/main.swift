import Commands
import Foundation

exit(await replay(Array(CommandLine.arguments.dropFirst())))

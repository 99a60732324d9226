import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.eclipse.jetty.server.Server;

/**
 * DynamoDB Local on 127.0.0.1 only, where its own ServerRunner listens on every address. Takes these of its options:
 * -port N, -dbPath FOLDER (none: in memory), -sharedDb, -delayTransientStatuses.
 */
public final class LoopbackDynamoDb {
  public static void main(String[] arguments) throws Exception {
    int port = 0;
    String folder = null;
    boolean shared = false;
    boolean delayTransientStatuses = false;
    Deque<String> options = new ArrayDeque<>(List.of(arguments));
    while (!options.isEmpty()) {
      String option = options.remove();
      switch (option) {
        case "-port" -> port = Integer.parseInt(options.remove());
        case "-dbPath" -> folder = options.remove();
        case "-sharedDb" -> shared = true;
        case "-delayTransientStatuses" -> delayTransientStatuses = true;
        default -> throw new IllegalArgumentException("unknown option " + option);
      }
    }
    LocalDynamoDBRequestHandler requests =
        new LocalDynamoDBRequestHandler(0, folder == null, folder, shared, delayTransientStatuses);
    Server server = new Server(new InetSocketAddress("127.0.0.1", port));
    server.setHandler(new LocalDynamoDBServerHandler(requests, null));
    Runtime.getRuntime().addShutdownHook(new Thread(requests::shutdown));
    server.start();
    server.join();
  }
}

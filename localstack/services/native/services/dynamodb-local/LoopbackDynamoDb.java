import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;

/**
 * DynamoDB Local on 127.0.0.1 only, where its own ServerRunner listens on every address.
 * Arguments: port, folder of the database.
 */
public final class LoopbackDynamoDb {
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    boolean inMemory = false;
    // One database whatever region and key a client signs with.
    boolean shared = true;
    boolean delayTransientStatuses = false;
    LocalDynamoDBRequestHandler requests =
        new LocalDynamoDBRequestHandler(0, inMemory, arguments[1], shared, delayTransientStatuses);
    Server server = new Server(new InetSocketAddress("127.0.0.1", port));
    server.setHandler(new LocalDynamoDBServerHandler(requests, null));
    server.setStopAtShutdown(true);
    Runtime.getRuntime().addShutdownHook(new Thread(requests::shutdown));
    server.start();
    server.join();
  }
}

/* The floor under every relay: a loop that sends ready-made frames to everybody, and nothing else.
 *
 *   floor tcp|udp FRAMES
 *
 * Listens on a free port of 127.0.0.1 and says where as one JSON line. tcp: whoever connects and
 * says something is answered "101" and gets WebSocket frames by send(). udp: whoever sends a
 * datagram is answered, and gets datagrams by sendmmsg(). Every 20 ms everybody gets the next frame
 * of the file FRAMES, with the time written into it (ns of the monotonic clock, big-endian). Ends
 * with standard input.
 *
 * FRAMES, in 32-bit numbers of this machine: how many frames; for each its size, how many times it
 * has, where they are; then the frame. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 20000000LL
#define MOST_LISTENERS 65536
#define MOST_AT_ONCE 1024

static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\n\r\n";

struct frame {
    uint32_t size, times;
    uint32_t *time_at;
    unsigned char *bytes;
};

static struct frame *frames;
static uint32_t frame_count;
static int connections[MOST_LISTENERS];
static struct sockaddr_in addresses[MOST_LISTENERS];
static int listeners;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void *read_part(FILE *file, size_t size) {
    void *part = malloc(size ? size : 1);
    if (!part || fread(part, 1, size, file) != size)
        fail("frames");
    return part;
}

static uint32_t read_number(FILE *file) {
    uint32_t *part = read_part(file, sizeof *part), number = *part;
    free(part);
    return number;
}

static void read_frames(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        fail(path);
    frame_count = read_number(file);
    frames = calloc(frame_count, sizeof *frames);
    for (uint32_t i = 0; i < frame_count; i++) {
        frames[i].size = read_number(file);
        frames[i].times = read_number(file);
        frames[i].time_at = read_part(file, frames[i].times * sizeof(uint32_t));
        frames[i].bytes = read_part(file, frames[i].size);
    }
    fclose(file);
}

static void stamp(struct frame *frame) {
    unsigned long long now = now_ns();
    for (uint32_t i = 0; i < frame->times; i++)
        for (int byte = 0; byte < 8; byte++)
            frame->bytes[frame->time_at[i] + byte] = now >> (56 - 8 * byte);
}

static void admit_connection(int listener) {
    char request[4096];
    struct timeval patience = {.tv_sec = 2};
    int one = 1, connection = accept(listener, NULL, NULL);
    if (connection < 0)
        return;
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (listeners == MOST_LISTENERS || recv(connection, request, sizeof request, 0) <= 0 ||
        send(connection, UPGRADED, sizeof UPGRADED - 1, MSG_NOSIGNAL) < 0)
        close(connection);
    else
        connections[listeners++] = connection;
}

static void admit_address(int own) {
    char hello[64];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    if (recvfrom(own, hello, sizeof hello, MSG_DONTWAIT, (struct sockaddr *)&from, &size) < 0)
        return;
    int known = 0;
    for (int i = 0; i < listeners && !known; i++)
        known = !memcmp(&addresses[i], &from, sizeof from);
    if (!known && listeners < MOST_LISTENERS)
        addresses[listeners++] = from;
    sendto(own, "", 1, MSG_DONTWAIT, (struct sockaddr *)&from, size);
}

static void send_to_connections(struct frame *frame) {
    for (int i = 0; i < listeners; i++) {
        ssize_t sent = send(connections[i], frame->bytes, frame->size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent == (ssize_t)frame->size || (sent < 0 && errno == EAGAIN))
            continue;
        close(connections[i]); /* gone, or half a frame went out */
        connections[i--] = connections[--listeners];
    }
}

static void send_to_addresses(int own, struct frame *frame) {
    static struct mmsghdr messages[MOST_AT_ONCE];
    struct iovec part = {frame->bytes, frame->size};
    for (int first = 0; first < listeners;) {
        int count = listeners - first < MOST_AT_ONCE ? listeners - first : MOST_AT_ONCE;
        for (int i = 0; i < count; i++) {
            messages[i].msg_hdr.msg_name = &addresses[first + i];
            messages[i].msg_hdr.msg_namelen = sizeof addresses[0];
            messages[i].msg_hdr.msg_iov = &part;
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int sent = sendmmsg(own, messages, count, MSG_DONTWAIT);
        first += sent > 0 ? sent : 1; /* what the system does not take is dropped */
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof own;
    if (argc != 3)
        return 2;
    int udp = !strcmp(argv[1], "udp");
    read_frames(argv[2]);
    int listener = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&own, sizeof own) ||
        (!udp && listen(listener, 1024)) || getsockname(listener, (struct sockaddr *)&own, &size))
        fail("listen");
    printf("{\"event\": \"listening\", \"url\": \"ws://127.0.0.1:%d\"}\n", ntohs(own.sin_port));
    fflush(stdout);
    struct pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
    long long next = now_ns() + TICK_NS;
    for (uint32_t tick = 0;; tick++) {
        long long left;
        while ((left = next - now_ns()) > 0) {
            struct timespec wait = {.tv_nsec = left};
            if (ppoll(watched, 2, &wait, NULL) <= 0)
                continue;
            char order;
            if (watched[0].revents && read(STDIN_FILENO, &order, 1) <= 0)
                return 0;
            if (watched[1].revents)
                udp ? admit_address(listener) : admit_connection(listener);
        }
        struct frame *frame = &frames[tick % frame_count];
        stamp(frame);
        if (udp)
            send_to_addresses(listener, frame);
        else
            send_to_connections(frame);
        next = next + TICK_NS > now_ns() ? next + TICK_NS : now_ns();
    }
}

docker run -d --name=vault --tmpfs=/secret:rw,noexec alpine:latest sh -c '
  while true; do sleep 1; done
'
docker exec vault sh -c '
  echo "비밀 토큰" > /secret/token.txt
  echo "평범한 글" > /root/plain.txt
  echo "--- token ---"; cat /secret/token.txt
  echo "--- tmpfs ---"; mount | grep tmpfs
' && docker diff vault
docker restart -t 0 vault && docker exec vault sh -c 'ls -la /secret; cat /root/plain.txt'
docker rm -f vault

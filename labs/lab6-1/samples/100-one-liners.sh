docker run --name test-data alpine:latest sh -c 'cd /tmp; [ -f important.txt ] && cat important.txt /var/log/app.log || { echo "중요한 데이터" > important.txt; echo "애플리케이션 로그" > /var/log/app.log; }'
docker start -a test-data
docker rm test-data && docker run --name test-data-new alpine:latest sh -c 'ls -la /tmp; ls -la /var/log'

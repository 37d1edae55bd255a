docker run -itd --name test-data alpine:latest sh
docker attach test-data
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
Ctrl+P, Ctrl+Q
docker restart -t 0 test-data
docker attach test-data
cat /tmp/important.txt
cat /var/log/app.log
<ctrl-d>
docker container prune -f
docker run -itd --name test-data-new alpine:latest sh
docker exec -it test-data-new sh
ls /tmp /var/log
^D
docker stop -t 0 test-data-new
